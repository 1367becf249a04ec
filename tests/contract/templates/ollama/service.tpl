apiVersion: v1
kind: Service
metadata:
  name: {{ .Values.fullnameOverride }}
spec:
  selector: {app: {{ .Release.Name }}}
  ports: [{name: http, port: 11434, targetPort: http}]
