apiVersion: v1
kind: ServiceAccount
metadata:
  name: apim-ksa
  annotations: {iam.gke.io/gcp-service-account: {{ .Values.serviceAccount | quote }}}
