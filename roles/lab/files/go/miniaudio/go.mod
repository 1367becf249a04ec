module inference.gateway/lab/miniaudio

go 1.26.0

require github.com/gen2brain/malgo v0.11.24
