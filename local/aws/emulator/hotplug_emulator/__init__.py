"""What LocalEmu needs to stand in for AWS: a Lambda runtime without containers, and patches."""
