"""The typed program: expressions (`expr`), relations (`rel`), the whole (`program`), and what works on any of them."""
