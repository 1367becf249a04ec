apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .Release.Name }}-kong
