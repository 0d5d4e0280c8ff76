"""What a job leaves in its out folder: tables, record, page and manifest, each file whole or not at all."""
