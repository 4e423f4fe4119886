"""The variational auto-encoder whose z is hidden."""
