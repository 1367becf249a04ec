{{- with .Values.persistentVolume }}
{{- if and .enabled (not .existingClaim) }}
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ $.Values.fullnameOverride }}
  annotations: {{ toYaml .annotations | nindent 4 }}
spec:
  accessModes: {{ toYaml .accessModes | nindent 4 }}
  resources: {requests: {storage: {{ .size }}}}
{{- end }}
{{- end }}
