"""What commands and Python callers do, as functions of records that return records."""
