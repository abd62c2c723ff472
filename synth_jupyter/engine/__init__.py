"""Do it: evaluate rows, write partitions, run them on workers, recover after a crash."""
