"""Small messages for dialogs and tests, with CRLF line ends."""


def mail(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode()


SLIDES = mail("""\
Date: Mon, 18 Oct 2004 04:11:45 +0200
From: Someone <someone@example.com>
To: wiki@example.com
Subject: Test-E-Mail
Content-Type: text/plain; charset=us-ascii; format=flowed
Content-Transfer-Encoding: 7bit

Dies ist eine Test-E-Mail
""")
HELLO = mail("From: ann@lab.example\nTo: bob@lab.example\nSubject: Hello\n\nHello Bob\n")
DOTS = mail("Subject: Dots\n folded\n\n.\n..\n.hidden\n\nend\n")
BARE = mail("Subject: no body\n\n")
UNENDED = b"Subject: x\r\n\r\nno line end"

MAILS = {"slides": SLIDES, "hello": HELLO, "dots": DOTS, "bare": BARE, "unended": UNENDED}
