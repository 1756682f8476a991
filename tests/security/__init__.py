"""Secrets, injection, bombs and bad TLS: whole commands against a tenant that means harm."""
