"""An eID that a PC/SC service takes for a real one: a software card behind the applet's commands.

A virtual reader (``vpcd``) passes what a program sends to the card over a TCP connection; this
package answers. The middleware above is real, which is what makes removal, blocking and the
service's own end worth testing.
"""
