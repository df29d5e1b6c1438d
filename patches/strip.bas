' Strip: a comet runs around a strip of LEDs, its colour slowly going around the wheel, and sparks stay where it was.
'
' What it does
'     Three arrays hold the hue, the saturation and the brightness of each LED. Each picture dims all of them, puts the
'     comet's head on one, now and then leaves a spark, and shows copies that are turned into red, green and blue.
'
' Parameters (a 0 is taken for the value in brackets)
'     0   1 ends the program
'     1   milliseconds a picture lasts (40)
'     2   percent of the brightness that is left after a picture (75)

COUNT = GETMAXLED()
IF COUNT = 0
    FORMAT "there is no strip"
    BYE
END IF
FORMAT "% LEDs", COUNT

DIM HUE(COUNT), SATURATION(COUNT), BRIGHTNESS(COUNT)
DIM RED(COUNT), GREEN(COUNT), BLUE(COUNT)

' Some colours to start from: the comet takes the next one whenever it has come around.
DATA 0, 160, 96, 32, 200
CONST COLOURS = 5

' A spark is white and dims like everything else.
SUB SPARK(AT)
    HUE(AT) = 0
    SATURATION(AT) = 0
    BRIGHTNESS(AT) = 200
END SUB

SUB SHOW
    COPYARRAY HUE, RED
    COPYARRAY SATURATION, GREEN
    COPYARRAY BRIGHTNESS, BLUE
    HSVTORGBARRAY RED, GREEN, BLUE
    SETLEDRGB RED, GREEN, BLUE
END SUB

HEAD = 1
ROUND = 0
READ TINT

WHILE GETPARAM(0) = 0
    LEFT = GETPARAM(2)
    IF LEFT = 0 THEN LEFT = 75
    SCALELIMITARRAY BRIGHTNESS, LEFT, 0, 255

    HUE(HEAD) = (TINT + HEAD * 2) MOD 256
    SATURATION(HEAD) = 255
    BRIGHTNESS(HEAD) = 255
    IF RANDOM(0, 12) = 0 THEN SPARK RANDOM(1, COUNT + 1)
    SHOW

    HEAD = HEAD + 1
    IF HEAD > COUNT
        HEAD = 1
        ROUND = ROUND + 1
        IF ROUND MOD COLOURS = 0 THEN RESTORE
        READ TINT
    END IF

    PAUSE = GETPARAM(1)
    IF PAUSE = 0 THEN PAUSE = 40
    WAIT PAUSE
WEND

SETLEDCOL 0, 0, 0
FORMAT "% times around", ROUND
