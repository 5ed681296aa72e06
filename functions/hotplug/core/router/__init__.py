"""API Gateway requests, and the selection of the version that serves each."""
