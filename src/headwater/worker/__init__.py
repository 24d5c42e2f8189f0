"""The worker process: deliveries, sealing, announcing clicks, the sweep of the inbox."""
