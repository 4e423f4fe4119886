"""A variational auto-encoder whose z is hidden: p(x), what rows say of z, and what z says of rows."""
