"""AWS services behind thin methods: the only package that imports boto3.

It translates errors and decides nothing.
"""
