"""Every text that somebody reads, in the reader's language: messages, numbers with their units, catalogues."""
