"""The only room that imports boto3: thin verbs, no decisions, botocore's errors translated here."""
