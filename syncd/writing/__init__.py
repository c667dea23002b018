"""What stands behind `syncd.apply`: the first rows, what is kept of each, what moved, what a killed run left."""
