"""What a command or a Python caller asks for, as functions of records that return records."""
