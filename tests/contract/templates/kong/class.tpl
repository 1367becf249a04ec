{{- with .Values.ingressController }}
{{- if and .enabled .createIngressClass }}
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata:
  name: {{ .ingressClass }}
spec:
  controller: ingress-controllers.konghq.com/kong
{{- end }}
{{- end }}
