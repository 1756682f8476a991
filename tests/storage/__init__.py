"""Storage that fails, forgets, or was damaged: what a run may lose by it (nothing that it promised)."""
