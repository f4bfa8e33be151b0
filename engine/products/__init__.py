"""Facts and frames become pictures; each module proposes recipes and renders them."""
