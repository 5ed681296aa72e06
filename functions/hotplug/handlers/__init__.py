"""One file is one Lambda is one state of the machine, or one trigger: fetch, decide, act."""
