"""The mathematics, in torch. It knows no screen, table format, picture or path."""
