"""The test between two versions: model, judge and explanation."""
