"""Deployment requests: untrusted JSON in, a request or all of its problems out."""
