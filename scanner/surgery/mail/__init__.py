"""Mails and mailboxes, with a message or an attachment taken out."""
