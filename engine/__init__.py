"""Find image-training candidates in footage and make them; knows nothing of any screen."""
