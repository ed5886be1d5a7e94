"""tests: findings told in other words than their names."""
