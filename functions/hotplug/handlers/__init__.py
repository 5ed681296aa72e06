"""Lambda functions: each file is one state of the machine, or one trigger. It reads, decides and acts."""
