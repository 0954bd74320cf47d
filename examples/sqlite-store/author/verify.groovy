String report = new File(basedir, "target/conformance/sqlite.md").text
assert report.contains(" 0 failed, ")
assert report.contains("- model suite: passed")
