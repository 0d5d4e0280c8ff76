"""The answers of a study of several parts, one module a section of the page."""
