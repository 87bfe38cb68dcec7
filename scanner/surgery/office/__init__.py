"""Taking a person out of documents: docx and odt."""
