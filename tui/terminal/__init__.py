"""What goes over the wire: a Textual driver that sends differences, waits for the terminal, and measures the link.

``choose`` picks the driver, ``driver`` ties the parts together, ``engine`` decides what is sent when; the rest are its parts
and know neither files nor time. ``private`` is the one module that touches names Textual does not promise.
"""
