"""What a shell sees of any command: groups of options, variables, a file of settings, completion, manuals, errors."""
