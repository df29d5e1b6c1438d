' Tremolo: the loudness of both channels swells and falls with a sine.
'
' What it does
'     One turn of a sine is worked out once, as 256 gains. For each sample frame the effect steps on in that table, by a
'     part of an entry that depends on the rate, and takes the gain that lies between two entries. The right channel reads
'     the table at another place, so that at half a turn the sound wanders from side to side.
'
' Parameters (a 0 is taken for the value in brackets)
'     1   turns in ten seconds (45: 4.5 a second)
'     2   depth in percent (60)
'     3   how far the right channel is ahead, in percent of a turn; 0 is none
'
' Memory
'     The table is an array of 256 floats, the first in the low heap: where linear memory is paged, it lies in its first
'     page, which is always in fast memory. Everything else is in variables, which need no memory.

CONST STEPS = 256

DIM WAVE#(STEPS)
FOR I = 1 TO STEPS
    WAVE#(I) = 0.5 - 0.5 * COS(FLOAT(I - 1) * 6.2831853 / STEPS)
NEXT

RATE# = SAMPLERATE()
PLACE# = 0

' How loud it is at a place in the table, 0 to below STEPS.
FUNCTION GAIN#(AT#, DEPTH#)
    LOCAL LOW, HIGH, REST#
    LOW = INT(AT#)
    REST# = AT# - LOW
    HIGH = (LOW + 1) MOD STEPS
    RETURN 1 - DEPTH# * (WAVE#(LOW + 1) * (1 - REST#) + WAVE#(HIGH + 1) * REST#)
END FUNCTION

SUB PROCESS(FRAMES)
    ' The knobs are read once a block.
    TENTHS = GETPARAM(1)
    IF TENTHS = 0 THEN TENTHS = 45
    PERCENT = GETPARAM(2)
    IF PERCENT = 0 THEN PERCENT = 60
    AMOUNT# = LIMIT(PERCENT, 0, 100) / 100.0
    AHEAD# = LIMIT(GETPARAM(3), 0, 99) * STEPS / 100.0
    MOVE# = LIMIT(TENTHS, 1, 1000) / 10.0 * STEPS / RATE#

    FOR FRAME = 0 TO FRAMES - 1
        OTHER# = PLACE# + AHEAD#
        IF OTHER# >= STEPS THEN OTHER# = OTHER# - STEPS
        SETAUDIO 0, FRAME, AUDIO#(0, FRAME) * GAIN#(PLACE#, AMOUNT#)
        SETAUDIO 1, FRAME, AUDIO#(1, FRAME) * GAIN#(OTHER#, AMOUNT#)
        PLACE# = PLACE# + MOVE#
        IF PLACE# >= STEPS THEN PLACE# = PLACE# - STEPS
    NEXT
END SUB
