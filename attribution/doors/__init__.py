"""Where tables, files, text and progress come in and go out."""
