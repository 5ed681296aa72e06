"""Requests of API Gateway, and the version that answers each."""
