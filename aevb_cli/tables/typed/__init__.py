"""Tables whose columns have types: files of Arrow, JSON lines, workbooks, and data frames."""
