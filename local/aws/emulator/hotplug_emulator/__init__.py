"""LocalEmu extensions: a Lambda runtime without containers, and patches that restore AWS' behaviour."""
