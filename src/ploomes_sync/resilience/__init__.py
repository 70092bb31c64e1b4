"""How to pace, wait and give up: state machines that take the time as an argument."""
