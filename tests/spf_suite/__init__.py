"""The test suite of RFC 7208, as its authors published it (``rfc7208-tests.LICENSE``)."""
