"""Tables as text: what stands above the header, encodings, records, and cells that Arrow parses."""
