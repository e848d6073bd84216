import{P as e}from"./preload-helper-CjTIgT7h.js";import{O as t,c as n,j as r,r as i,t as a,u as o}from"./Box-f834XCMR.js";import{d as s,i as c}from"./Waiting-C48HlERG.js";import{t as l}from"./Select-Bvlcvv42.js";var u={root:`m_e9408a47`,"root--default":`m_84c9523a`,"root--filled":`m_ef274e49`,"root--unstyled":`m_eda993d3`,legend:`m_90794832`,"legend--unstyled":`m_74ca27fe`},d=e(),f={variant:`default`},p=t((e,{radius:t})=>({root:{"--fieldset-radius":t===void 0?void 0:r(t)}})),m=i(e=>{let t=o(`Fieldset`,f,e),{classNames:r,className:i,style:s,styles:c,unstyled:l,vars:m,legend:h,variant:g,children:_,attributes:v,...y}=t,b=n({name:`Fieldset`,classes:u,props:t,className:i,style:s,classNames:r,styles:c,unstyled:l,attributes:v,vars:m,varsResolver:p});return(0,d.jsxs)(a,{component:`fieldset`,variant:g,...b(`root`,{variant:g}),...y,children:[h&&(0,d.jsx)(`legend`,{...b(`legend`,{variant:g}),children:h}),_]})});m.classes=u,m.varsResolver=p,m.displayName=`@mantine/core/Fieldset`;function h(e){let t=60,n=()=>{let r=e?.querySelector(`input[aria-invalid="true"], textarea[aria-invalid="true"]`);r?.focus(),(!r||document.activeElement!==r)&&t-->0&&requestAnimationFrame(n)};n()}var g=c(`
  query TemplateSelectChoices($filter: TemplateFilter) {
    templates(first: 500, filter: $filter) {
      nodes {
        id
        name
        builtIn
      }
    }
  }
`);function _({kind:e,tenantId:t,value:n,onChange:r,label:i,otherwise:a,description:o,error:c}){let[{data:u}]=s({query:g,variables:{filter:{kind:e,tenantId:t}}}),f=u?.templates.nodes??[],p=e=>f.filter(t=>t.builtIn===e).map(({id:e,name:t})=>({value:e,label:t}));return(0,d.jsx)(l,{label:i,description:o,placeholder:a,clearable:!0,clearButtonProps:{"aria-label":`${i}: ${a}`},searchable:!0,data:[{group:`Own`,items:p(!1)},{group:`Built in`,items:p(!0)}].filter(({items:e})=>e.length>0),value:n,onChange:r,error:c})}export{h as n,m as r,_ as t};