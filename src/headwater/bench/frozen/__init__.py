"""What ratios are taken against; a change here makes old and new ones incomparable."""
