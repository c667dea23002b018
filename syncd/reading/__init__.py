"""What stands behind `syncd.pull`: pages asked for ahead, a page taken in, the past of what is newly watched."""
