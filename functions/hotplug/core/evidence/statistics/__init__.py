"""The statistical test between two versions: model, judge and explanation."""
