apiVersion: apps/v1
kind: Deployment
metadata:
  name: apigee-apim-operator
spec:
  selector: {matchLabels: {app: apigee-apim-operator}}
  template:
    metadata: {labels: {app: apigee-apim-operator}}
    spec:
      serviceAccountName: apim-ksa
      containers:
        - name: operator
          image: "example.com/apigee-apim-operator:{{ .Chart.AppVersion }}"
          env:
            - {name: PROJECT_ID, value: {{ .Values.projectId | quote }}}
            - {name: APIGEE_ORG, value: {{ .Values.apigeeOrg | quote }}}
            - {name: GENERATE_ENV, value: {{ .Values.generateEnv | quote }}}
