"""The order of fsync and send, seen from outside the program with strace."""
